import glob, mlflow, wine
# Put the path of your logged model here; without one, the newest below .experiments is taken.
logged_model = max(glob.glob(".experiments/*/*/artifacts/model"), key=lambda path: path.split("/")[2])

loaded_model = mlflow.pyfunc.load_model(logged_model)

# Twenty wines to score, without the score they got.
wines = wine.load()[0].head(20)

# Every MLflow Python model can be used like this, whatever made it.
predictions = loaded_model.predict(wines.drop(columns=["quality"]))

print(wines.assign(predicted=predictions.round(2))[["alcohol", "pH", "quality", "predicted"]].to_string())

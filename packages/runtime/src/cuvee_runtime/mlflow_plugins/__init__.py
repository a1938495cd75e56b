"""What MLflow's client finds through entry points when it runs inside a workload."""

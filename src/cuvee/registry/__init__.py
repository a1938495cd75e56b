"""The model registry: named models, their versions, aliases, stages, and who moved which when."""

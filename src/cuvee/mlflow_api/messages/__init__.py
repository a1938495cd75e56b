"""The protocol's messages, by subject. Field names and their meaning are MLflow's."""

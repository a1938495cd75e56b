"""Which Pythons workloads run on, and the environments that are made of them."""

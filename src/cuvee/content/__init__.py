"""What users made, shown in browsers on an origin of its own, so that it never acts as the platform's pages."""

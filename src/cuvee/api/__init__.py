"""The HTTP kernel: who calls, what a request may use, how errors and pages look. It knows no room."""

"""From a public path to a private port of this machine: HTTP and WebSocket."""

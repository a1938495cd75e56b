"""One module for each subject; a handler calls the rooms' services and renders a template."""

"""The application: commands, the whole run, scenarios and their scoring."""

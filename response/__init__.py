"""Incidents and signals to alerts, acknowledgements, dispatch."""

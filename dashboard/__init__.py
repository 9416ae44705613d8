"""Cardume in a browser: a Streamlit application that knows the REST API and nothing else of the platform."""

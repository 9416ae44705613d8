"""The platform itself. Kept empty: `start.py` imports from here before anything is installed."""

"""What `start.py` does before anything is installed. Standard library only."""

"""What a launched stack is asked over HTTP, in a browser and by commands, and how it answers."""

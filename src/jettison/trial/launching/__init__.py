"""How a stack is launched beside anything else, and when its services are ready."""

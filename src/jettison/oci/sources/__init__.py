"""Where images come from and go to: archives, layouts, stores of blobs, memory."""

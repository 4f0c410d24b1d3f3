"""What a layer is packed in, the entries in it, and layers that are an engine's folders."""

"""What a build context sends."""

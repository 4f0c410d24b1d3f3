"""What a build context sends, what is taken of it, and what could stay out."""

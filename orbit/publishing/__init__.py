"""What is published of a pass, as columns and as rows."""

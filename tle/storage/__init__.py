"""What any store needs of a database, whichever room it stands in."""

"""From the cells of a customers' file to customers and their consent."""

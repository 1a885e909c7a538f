"""Element sets from providers on the network and from watched files."""

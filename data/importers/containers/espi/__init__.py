"""Green Button (ESPI): a feed of XML and what its codes mean. Face: `reading.read`."""

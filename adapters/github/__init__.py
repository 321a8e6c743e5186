"""GitHub Issues: client, decode, encode, read and write."""

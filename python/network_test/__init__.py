"""The original system's package of broker services, on `highmark`."""

"""From what people do to what they mean."""

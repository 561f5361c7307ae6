"""From what people do to what they mean: commands, forms, suggestions."""

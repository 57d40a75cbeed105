"""The pages in a real Chromium: the demo's page and the product's own, as a person uses them."""

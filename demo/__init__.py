"""The demo: a sandbox and the service on it, with a page to try them in a browser, or a tour told in the terminal."""

from demo.run import PORT, show_page, tell_tour

__all__ = ["PORT", "show_page", "tell_tour"]

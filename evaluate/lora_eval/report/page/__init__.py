"""The report as one HTML file that needs nothing else: `page_html`."""

from lora_eval.report.page.page import page_html

__all__ = ["page_html"]

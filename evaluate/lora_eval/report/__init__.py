"""What a folder of judged pictures says, on the terminal, as a page, as JSON and as CSV."""

"""What the tests stand on: databases, the browser, the running app, and what to do where one of them is missing."""

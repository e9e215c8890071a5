"""What leaves SIPAS as a file: the scores as CSV, the report as a Word document. No SQL and no statistics here."""

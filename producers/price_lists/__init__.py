"""Price lists in and out: a farm's catalogue as a file of its own columns, in French, in CSV or XLSX."""

"""What goes in and out as files: workbooks, CSV, templates, exports, imports."""

"""The organizer's workbook: units, sites, halls, guests and programme as Excel, edited there and brought back."""

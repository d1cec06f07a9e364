"""Who sits on which seat of a hall: plans of khu, dãy and ghế, reserved seats, units side by side."""

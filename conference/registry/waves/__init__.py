"""Who comes in which wave (đợt), where one day can't seat everybody."""

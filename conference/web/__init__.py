"""What views share: guard, sign-in cookie, CSRF, forms, paging, error pages, filters, words."""

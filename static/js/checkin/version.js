// Which release of the door this page is; it goes with every delivery.

export const APP = "door-4";

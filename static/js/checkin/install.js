// Offers to put the door on the home screen where the browser can: from there it opens by one touch, also without a line.

export function offerInstalling(button) {
  let offer = null;
  const show = (event) => {
    offer = event;
    button.hidden = event === null;
  };
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // asked for here, not over the camera
    show(event);
  });
  addEventListener("appinstalled", () => show(null));
  button.addEventListener("click", async () => {
    await offer?.prompt(); // once only: the browser brings another when it may be asked again
    show(null);
  });
}

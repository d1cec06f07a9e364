// Sends a form with further values, as if they had been chosen in it.

export function ask(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  form.submit();
}

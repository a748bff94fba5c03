// Puts the address of the page on the clipboard and says so for a moment, or asks for its QR code.
export default function ({ parentElement, setTriggerValue }) {
  const button = parentElement.querySelector(".copy");
  parentElement.querySelector(".code").onclick = () => setTriggerValue("code", location.href);
  button.onclick = async () => {
    const address = location.href;
    try {
      await navigator.clipboard.writeText(address);
      tell("Copied");
    } catch { // no https, or the browser refuses: let the reader copy it by hand
      prompt("The address of this set-up:", address);
    }
  };
  function tell(word) {
    button.textContent = word;
    setTimeout(() => { button.textContent = "Copy link"; }, 1500);
  }
}

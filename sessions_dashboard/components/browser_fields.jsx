import { useEffect, useState } from "react";

const ASKED = ["formFactors", "fullVersionList", "model", "platformVersion"];

const quoted = (text) => `"${text}"`;
const listed = (brands) => brands.map(({ brand, version }) => `"${brand}";v="${version}"`).join(", ");

/** What the headers of a request would say, under their names; Safari and Firefox send none. */
async function hints() {
  const told = {};
  // A Mac with a touch screen is an iPad that asks for a desktop's pages.
  if (navigator.maxTouchPoints > 0) {
    told["max-touch-points"] = String(navigator.maxTouchPoints);
  }
  const data = navigator.userAgentData;
  if (data) {
    const more = await data.getHighEntropyValues(ASKED).catch(() => ({}));
    told["sec-ch-ua"] = listed(data.brands);
    told["sec-ch-ua-mobile"] = data.mobile ? "?1" : "?0";
    told["sec-ch-ua-platform"] = quoted(data.platform);
    told["sec-ch-ua-full-version-list"] = listed(more.fullVersionList ?? []);
    told["sec-ch-ua-form-factors"] = (more.formFactors ?? []).map(quoted).join(", ");
    told["sec-ch-ua-model"] = more.model ? quoted(more.model) : "";
    told["sec-ch-ua-platform-version"] = quoted(more.platformVersion ?? "");
  }
  return told;
}

/**
 * How this browser writes dates and numbers, in which time zone it is, and what it is, for the form
 * around it: mails are written so, and the device is named so.
 */
export function BrowserFields() {
  const [told, setTold] = useState({ locale: "", time_zone: "", hints: "" });

  useEffect(() => {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    setTold((before) => ({ ...before, locale: navigator.language, time_zone }));
    hints().then((found) => setTold((before) => ({ ...before, hints: JSON.stringify(found) })));
  }, []);

  return Object.entries(told).map(([name, value]) => (
    <input key={name} type="hidden" name={name} value={value} readOnly />
  ));
}

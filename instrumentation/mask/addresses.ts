import { hidden } from './mask.ts';

/** `//user:password@`: up to the last `@` before the path. */
const userInfo = /:\/\/[^\s/?#"'<>]*@/g;
/** A password that holds `/`, `?` or `#` itself; a number behind the colon is a port. Bounded, so that it stays linear. */
const oddUserInfo = /:\/\/[^\s:/@"'<>]{0,100}:(?!\d{1,5}[/?#])[^\s"'<>@]{0,256}@/g;
const email =
  /(?<![\p{L}\p{N}._+'~-])[\p{L}\p{N}_](?:[\p{L}\p{N}._+'~-]*)@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,63}(?![\p{L}\p{N}])/gu;
const quotedEmail = /"[^"\\\s@]{1,64}"@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

/** Credentials in URLs, and e-mail addresses. */
export function maskAddresses(text: string): string {
  return text
    .replace(userInfo, `://${hidden}@`)
    .replace(oddUserInfo, `://${hidden}@`)
    .replace(quotedEmail, hidden)
    .replace(email, hidden);
}

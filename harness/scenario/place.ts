import type { Fault, LinkFault } from './scenario.ts';

export function isLinkFault(fault: Fault): fault is LinkFault {
  return 'link' in fault;
}

/** Where a fault acts, as a part of a sentence. */
export function placeOf(link: string | undefined): string {
  return link === undefined ? 'in the target' : `on the link "${link}"`;
}

/** The link of a fault that has one. */
export function linkOf(fault: Fault): { link: string } | Record<string, never> {
  return isLinkFault(fault) ? { link: fault.link } : {};
}

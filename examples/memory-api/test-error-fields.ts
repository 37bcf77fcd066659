/** What every error answer has, in this order. */
export const errorFields = [
  'error_code',
  'category',
  'severity',
  'message',
  'user_message',
  'details',
  'recoverable',
  'timestamp',
];

interface Refusal {
  status: number;
  message: string;
  param?: string;
  code?: string;
}

/** An answer that says no, in the format of OpenAI (https://platform.openai.com/docs/guides/error-codes). */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly #refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.status = refusal.status;
    this.#refusal = refusal;
  }

  toBody() {
    const { message, param = null, code = null } = this.#refusal;
    const type = this.status < 500 ? 'invalid_request_error' : 'server_error';
    return { error: { message, type, param, code } };
  }
}

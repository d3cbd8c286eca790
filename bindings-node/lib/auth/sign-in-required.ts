/**
 * The user must sign in again: an error for a {@link TokenProvider} to throw.
 *
 * A credential that throws it is not called again and again, as after other errors: calls fail, and
 * subscriptions that were never live end. Others end after the client's `refusalTimeout`. Its message
 * says why, and what the user must do. It must not contain a token.
 */
export class SignInRequired extends Error {
  static {
    // A bundler may rename the class, but not this.
    Object.defineProperty(SignInRequired.prototype, 'name', { value: 'SignInRequired', configurable: true })
  }
}

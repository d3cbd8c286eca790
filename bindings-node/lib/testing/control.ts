import { request as httpRequest } from 'node:http'
import { DrivebellError } from '../error'
import { SimulatorError } from './simulator-error'

// As it is when this module is loaded: a test may replace it, to keep its program off the network.
const request = httpRequest

/** Milliseconds. Only a simulator that is gone takes long. */
const TIMEOUT = 30_000

/** @internal */
export interface ControlOptions {
  query?: Record<string, string | number | undefined>
  body?: string | Uint8Array
  contentType?: string
}

/** @internal */
export interface ControlAnswer {
  status: number
  text: string
}

/** Requests to the simulator, over a connection each: neither a proxy nor a fault of it affects them. */
export async function send(
  baseUrl: string,
  method: string,
  path: string,
  { query = {}, body, contentType = 'application/octet-stream' }: ControlOptions = {},
): Promise<ControlAnswer> {
  const url = new URL(path, baseUrl)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, `${value}`)
  }
  const length = body === undefined ? 0 : Buffer.byteLength(body)
  const headers = { 'content-type': contentType, 'content-length': length }
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => {
      reject(new SimulatorError(`the simulator cannot be reached: ${cause.message}`, { cause }))
    }
    const sent = request(url, { method, headers, agent: false, timeout: TIMEOUT }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    sent.on('timeout', () => sent.destroy(new Error('it does not respond')))
    sent.on('error', fail)
    sent.end(body)
  })
}

/** The JSON of a response; throws if the simulator refuses the request. @internal */
export async function control(
  baseUrl: string,
  method: string,
  route: string,
  options?: ControlOptions,
): Promise<unknown> {
  const { status, text } = await send(baseUrl, method, `/_simulator/${route}`, options)
  if (status >= 400) throw refusal(method, route, status, text)
  return text && JSON.parse(text)
}

function refusal(method: string, route: string, status: number, text: string): Error {
  const { error, field } = parsed(text) as { error?: string; field?: string }
  const message = error ?? (text || `HTTP ${status}`)
  if (field === undefined) return new SimulatorError(`${method} ${route}: ${message}`, { status })
  return new DrivebellError({ kind: 'invalid_argument', message, retryable: false, argument: field })
}

/** @internal */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

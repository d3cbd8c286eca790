const MAX_REQUESTS = 1000

/** Records the requests that arrived at the service. */
export class Recorder {
  requests = []

  record(request) {
    const names = request.rawHeaders.filter((_, index) => index % 2 === 0)
    const values = request.rawHeaders.filter((_, index) => index % 2 === 1)
    this.requests.push({
      method: request.method,
      path: request.url,
      headers: names.map((name, index) => [name.toLowerCase(), values[index]]),
    })
    if (this.requests.length > MAX_REQUESTS) this.requests.shift()
  }
}

// Enumerates the drive with a loop written by hand.
import { measure } from './enumeration.mjs'

await measure(async (enumeration) => {
  // Setup:
  const headers = { Authorization: `Bearer ${process.env.GRAPH_TOKEN}` }
  let url = `${process.env.GRAPH_URL}/v1.0/me/drive/root/delta`
  while (url) {
    const response = await fetch(url, { headers })
    if (!response.ok) throw new Error(`status ${response.status}`)
    const page = JSON.parse(await response.text())
    for (const { id, name, size, parentReference, lastModifiedDateTime } of page.value) {
      enumeration.add(id, name, size, parentReference?.id, new Date(lastModifiedDateTime))
    }
    url = page['@odata.nextLink']
  }
  // End of setup.
})

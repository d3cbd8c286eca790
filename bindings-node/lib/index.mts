import './in-a-bundle.mjs'

// Both module systems share one implementation, so that each class exists once.
export * from './index.js'

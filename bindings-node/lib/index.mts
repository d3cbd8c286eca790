// One implementation for both module systems, so that there is one of each class.
export * from './index.js'

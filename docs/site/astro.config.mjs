import starlight from '@astrojs/starlight'
import { defineConfig } from 'astro/config'
import starlightLinksValidator from 'starlight-links-validator'
import { BASE, GITHUB, ORIGIN } from './scripts/places.mjs'
import { sidebar } from './scripts/sidebar.mjs'

export default defineConfig({
  site: ORIGIN,
  base: BASE,
  trailingSlash: 'always',
  // Astro's own code has directives of which Vite warns.
  vite: { logLevel: 'error' },
  integrations: [
    starlight({
      title: 'drivebell',
      description: 'Get notified when something changes in a OneDrive or SharePoint drive, without a public address',
      logo: { src: './src/assets/bell.svg' },
      favicon: '/favicon.svg',
      social: [{ icon: 'github', label: 'GitHub', href: GITHUB }],
      customCss: ['./src/styles/site.css'],
      sidebar: sidebar(),
      plugins: [starlightLinksValidator()],
    }),
  ],
})
